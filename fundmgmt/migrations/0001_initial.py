import django.db.models.deletion
import django.utils.timezone
import fundmgmt.models.journal
import fundmgmt.models.papers
import fundmgmt.models.workflow
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('last_entry', models.BigIntegerField()),
                ('heads', models.PositiveIntegerField()),
                ('prev_root', models.CharField(blank=True, max_length=64)),
                ('root', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='GlossaryTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, unique=True, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False, help_text='place in its file')),
                ('name_en', models.CharField(max_length=80)),
                ('name_fr', models.CharField(max_length=80)),
                ('name_sw', models.CharField(max_length=80)),
            ],
            options={
                'ordering': ('position', 'code'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Indicator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, unique=True, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False, help_text='place in its file')),
                ('name_en', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120)),
                ('name_sw', models.CharField(max_length=120)),
                ('level', models.CharField(choices=[('impact', 'impact'), ('outcome', 'outcome'), ('output', 'output'), ('fund', 'the Fund itself'), ('accountability', 'accountability')], max_length=16)),
                ('theme', models.CharField(max_length=32)),
                ('definition', models.TextField()),
                ('numerator', models.CharField(blank=True, max_length=160)),
                ('denominator', models.CharField(blank=True, max_length=160)),
                ('unit', models.CharField(choices=[('number', 'number'), ('percent', 'per cent'), ('ratio', 'ratio'), ('per_100_checks', 'per 100 checks'), ('scale_0_4', 'scale from 0 to 4'), ('usd_per_child', 'US dollars per child')], max_length=16)),
                ('direction', models.CharField(choices=[('increase', 'should rise'), ('decrease', 'should fall'), ('context', 'context only')], max_length=8)),
                ('disaggregation', models.JSONField(blank=True, default=list)),
                ('means_of_verification', models.JSONField(blank=True, default=list)),
                ('collection', models.CharField(blank=True, max_length=200)),
                ('frequency', models.CharField(max_length=24)),
                ('aggregation', models.CharField(choices=[('sum', 'sum'), ('sum_unique', 'sum, each person once'), ('recompute_from_num_den', 'computed again from both parts'), ('latest_value', 'latest value'), ('do_not_sum', 'never added up')], max_length=24)),
                ('source_framework', models.CharField(blank=True, max_length=120)),
                ('source_code', models.CharField(blank=True, max_length=64)),
                ('status', models.CharField(max_length=16)),
                ('tier', models.CharField(choices=[('core', 'core'), ('optional', 'optional')], max_length=8)),
                ('public', models.BooleanField(help_text='whether values may be published at all')),
                ('min_cell', models.PositiveSmallIntegerField(help_text='smallest count that may be published')),
                ('sdg', models.CharField(blank=True, max_length=16)),
            ],
            options={
                'ordering': ('position', 'code'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PracticeTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, unique=True, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False, help_text='place in its file')),
                ('facet', models.CharField(choices=[('intervention', 'What is done'), ('target_group', 'For whom'), ('setting', 'Where'), ('stage', 'When it acts'), ('actor', 'Who does it'), ('enabling_condition', 'What helps'), ('barrier', 'What stands in the way'), ('cost_band', 'What it costs'), ('maturity', 'How proven it is'), ('cap_activity', 'Activity of the partnership')], db_index=True, max_length=24)),
                ('label_en', models.CharField(max_length=80)),
                ('label_fr', models.CharField(max_length=80)),
                ('label_sw', models.CharField(max_length=80)),
                ('definition', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ('position', 'code'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=8, unique=True)),
                ('constituency', models.CharField(choices=[('private_sector', 'Private sector'), ('ngo', 'Civil society'), ('government', 'Government'), ('international_organisation', 'International organisation'), ('development_agency', 'Development agency')], max_length=32)),
                ('votes', models.BooleanField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-votes', 'code'),
            },
        ),
        migrations.CreateModel(
            name='Sequence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stem', models.CharField(max_length=16, unique=True)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='StandardItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, unique=True, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False, help_text='place in its file')),
                ('framework', models.CharField(max_length=80)),
                ('framework_version', models.CharField(blank=True, max_length=80)),
                ('role', models.CharField(choices=[('hub', 'common checklist'), ('reference', 'other framework')], max_length=16)),
                ('theme', models.CharField(max_length=32)),
                ('check_type', models.CharField(max_length=16)),
                ('title_en', models.CharField(max_length=200)),
                ('title_fr', models.CharField(blank=True, max_length=200)),
                ('requirement', models.TextField(blank=True)),
                ('applies_to', models.JSONField(blank=True, default=list)),
                ('evidence', models.JSONField(blank=True, default=list)),
                ('answer_scale', models.JSONField(blank=True, default=list)),
                ('maps_to', models.JSONField(blank=True, default=list, help_text='CODE:relation pairs of the crosswalk')),
                ('source_status', models.CharField(max_length=16)),
            ],
            options={
                'ordering': ('position', 'code'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ThreadHead',
            fields=[
                ('thread', models.UUIDField(primary_key=True, serialize=False)),
                ('seq', models.PositiveIntegerField(default=0)),
                ('hash', models.CharField(default='', max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('name', models.CharField(help_text='How colleagues call you.', max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=24, verbose_name='phone')),
                ('language', models.CharField(choices=[('fr', 'Français'), ('sw', 'Kiswahili'), ('en', 'English')], default='fr', max_length=2, verbose_name='language')),
                ('is_staff', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('ref', models.CharField(max_length=16, unique=True)),
                ('name', models.CharField(max_length=200, verbose_name='name of the organisation')),
                ('acronym', models.CharField(blank=True, max_length=24, verbose_name='short name')),
                ('kind', models.CharField(choices=[('community_organisation', 'Community organisation'), ('national_ngo', 'National NGO'), ('parents_association', "Parents' association"), ('womens_association', "Women's association"), ('youth_association', 'Youth association'), ('disabled_peoples_organisation', 'Organisation of people with disabilities'), ('school_committee_network', 'School committee or network'), ('community_media', 'Community media'), ('faith_based', 'Faith-based organisation'), ('cooperative', 'Cooperative with a civil-society lead')], max_length=40, verbose_name='kind of organisation')),
                ('founded_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='founded in')),
                ('legal_status', models.CharField(choices=[('legal_personality', 'Legal personality'), ('application_pending', 'Application pending'), ('fiscal_host', 'Through a fiscal host'), ('cooperative_approved', 'Approved cooperative'), ('none', 'None yet')], max_length=24, verbose_name='legal standing')),
                ('registration_number', models.CharField(blank=True, max_length=80, verbose_name='registration number')),
                ('has_bank_account', models.BooleanField(default=False, verbose_name="account in the organisation's name, two signatories")),
                ('province', models.CharField(blank=True, max_length=40, verbose_name='province')),
                ('territory', models.CharField(blank=True, max_length=80, verbose_name='city or territory')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='address or landmark')),
                ('phone', models.CharField(blank=True, max_length=24, verbose_name='phone of the organisation')),
                ('languages', models.JSONField(blank=True, default=list, verbose_name='languages')),
                ('created_at', models.DateTimeField()),
                ('state', fundmgmt.models.workflow.WorkflowState(choices=[('active', 'active'), ('paused', 'paused')], db_index=True, default='active', editable=False, max_length=32, protected=True)),
                ('fiscal_host', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hosted', to='fundmgmt.organisation', verbose_name='fiscal host')),
            ],
            options={
                'ordering': ('name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='RubricItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, unique=True, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False, help_text='place in its file')),
                ('rubric', models.CharField(choices=[('eligibility', 'Eligibility'), ('due_diligence', 'Due diligence'), ('psea', 'Protection from sexual exploitation and abuse'), ('scoring', 'Scoring'), ('evaluation', 'Evaluation'), ('evidence_level', 'Evidence level'), ('practice_maturity', 'Practice class'), ('replicability', 'Replicability')], max_length=24)),
                ('name_en', models.CharField(max_length=80)),
                ('name_fr', models.CharField(max_length=80)),
                ('name_sw', models.CharField(max_length=80)),
                ('question', models.CharField(max_length=300)),
                ('weight', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('scale_min', models.PositiveSmallIntegerField()),
                ('scale_max', models.PositiveSmallIntegerField()),
                ('threshold', models.CharField(blank=True, max_length=64)),
                ('anchor_0', models.CharField(blank=True, max_length=160)),
                ('anchor_1', models.CharField(blank=True, max_length=160)),
                ('anchor_2', models.CharField(blank=True, max_length=160)),
                ('anchor_3', models.CharField(blank=True, max_length=160)),
                ('anchor_4', models.CharField(blank=True, max_length=160)),
                ('anchor_5', models.CharField(blank=True, max_length=160)),
                ('anchor_6', models.CharField(blank=True, max_length=160)),
                ('evidence', models.CharField(blank=True, max_length=200)),
                ('rule', models.CharField(blank=True, max_length=300)),
                ('source', models.CharField(blank=True, max_length=160)),
                ('status', models.CharField(max_length=16)),
            ],
            options={
                'ordering': ('position', 'code'),
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('scale_min__lt', models.F('scale_max'))), name='rubric_scale_rises')],
            },
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, unique=True, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False, help_text='place in its file')),
                ('level', models.CharField(choices=[('province', 'province'), ('city', 'city'), ('territory', 'territory'), ('commune', 'commune')], max_length=12)),
                ('name', models.CharField(max_length=80)),
                ('source', models.CharField(blank=True, max_length=120)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='fundmgmt.place')),
            ],
            options={
                'ordering': ('position', 'code'),
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('level', 'province'), ('parent__isnull', True)), models.Q(models.Q(('level', 'province'), _negated=True), ('parent__isnull', False)), _connector='OR'), name='place_stands_in_a_province')],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('thread', models.UUIDField(db_index=True)),
                ('subject', models.CharField(help_text='app.model:id the file belongs to', max_length=96)),
                ('kind', models.CharField(choices=[('upload', 'File handed in'), ('application', 'Application as submitted'), ('agreement', 'Grant agreement'), ('signed_copy', 'Signed paper copy'), ('payment_order', 'Payment order'), ('evidence', 'Evidence'), ('minutes', 'Minutes'), ('letter', 'Letter'), ('receipt', 'Receipt')], max_length=24)),
                ('title', models.CharField(max_length=200)),
                ('file', models.FileField(max_length=200, upload_to=fundmgmt.models.papers.paper_path)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
                ('mime', models.CharField(max_length=100)),
                ('snapshot', models.JSONField(blank=True, null=True)),
                ('policy', models.CharField(help_text='policy asked, with the subject, before it is shown', max_length=64)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=fundmgmt.models.journal.new_salt, editable=False, max_length=32)),
                ('text', models.TextField(blank=True)),
                ('written_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('officer', 'Programme officer'), ('reviewer', 'Reviewer'), ('treasurer', 'Treasurer'), ('evaluator', 'Evaluator'), ('safeguarding', 'Safeguarding lead'), ('donor_viewer', 'Donor viewer'), ('auditor', 'Auditor'), ('administrator', 'Administrator')], max_length=16)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('decided_in', models.CharField(blank=True, max_length=64)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('user', 'role'), name='role_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('value', models.JSONField()),
                ('valid_from', models.DateField()),
                ('decided_in', models.CharField(help_text='reference of the decision, SC-2026-01/3', max_length=64)),
                ('reason', models.TextField(blank=True)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('key', '-valid_from'),
                'constraints': [models.UniqueConstraint(fields=('key', 'valid_from'), name='rule_one_value_a_day')],
            },
        ),
        migrations.CreateModel(
            name='SealedHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField()),
                ('seq', models.PositiveIntegerField()),
                ('checkpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sealed', to='fundmgmt.checkpoint')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('checkpoint', 'thread'), name='sealed_once')],
            },
        ),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alternate', models.BooleanField(default=False)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('decided_in', models.CharField(blank=True, max_length=64)),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='fundmgmt.seat')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('seat', 'alternate'), name='term_one_holder')],
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('done', models.PositiveBigIntegerField(default=0, help_text='entries recomputed')),
                ('total', models.PositiveBigIntegerField(default=0, help_text='entries there were at the start')),
                ('threads', models.PositiveBigIntegerField(default=0)),
                ('checkpoints', models.PositiveIntegerField(default=0)),
                ('root', models.CharField(blank=True, max_length=64)),
                ('problems', models.JSONField(default=list)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Responsible person'), ('editor', 'Colleague who writes'), ('viewer', 'Colleague who reads')], max_length=8)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='fundmgmt.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('user', 'organisation'), name='membership_open_once')],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField()),
                ('seq', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=96)),
                ('subject', models.CharField(help_text='app.model:id of the row that took the step', max_length=96)),
                ('capacity', models.CharField(blank=True, help_text='roles, seat and membership the actor held', max_length=160)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('from_state', models.CharField(blank=True, max_length=32)),
                ('to_state', models.CharField(blank=True, max_length=32)),
                ('facts', models.JSONField(default=dict)),
                ('remark_hash', models.CharField(blank=True, max_length=64)),
                ('prev_hash', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('remark', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.remark')),
            ],
            options={
                'ordering': ('id',),
                'indexes': [models.Index(fields=['kind', 'id'], name='journal_kind'), models.Index(fields=['subject'], name='journal_subject')],
                'constraints': [models.UniqueConstraint(fields=('thread', 'seq'), name='journal_thread_seq')],
            },
        ),
        migrations.CreateModel(
            name='MailSent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('template', models.CharField(max_length=64)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.journalentry')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entry', 'user', 'template'), name='mail_sent_once')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('consumer', models.CharField(max_length=96)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='fundmgmt.journalentry')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entry', 'consumer'), name='receipt_once')],
            },
        ),
    ]
